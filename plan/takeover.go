package plan

import (
	"strings"

	"github.com/zoneloom/zoneloom/state"
)

// claimable are the domains of services under which anybody can claim a name
// that is free: a CNAME that still points at one is then theirs.
var claimable = map[string]string{
	"azure-api.net.":            "Azure",
	"azurecontainer.io.":        "Azure",
	"azureedge.net.":            "Azure",
	"azurefd.net.":              "Azure",
	"azurewebsites.net.":        "Azure",
	"blob.core.windows.net.":    "Azure",
	"cloudapp.azure.com.":       "Azure",
	"cloudapp.net.":             "Azure",
	"trafficmanager.net.":       "Azure",
	"elasticbeanstalk.com.":     "AWS Elastic Beanstalk",
	"s3.amazonaws.com.":         "Amazon S3",
	"bitbucket.io.":             "Bitbucket",
	"fly.dev.":                  "Fly.io",
	"ghost.io.":                 "Ghost",
	"github.io.":                "GitHub Pages",
	"gitlab.io.":                "GitLab Pages",
	"herokuapp.com.":            "Heroku",
	"herokudns.com.":            "Heroku",
	"myshopify.com.":            "Shopify",
	"netlify.app.":              "Netlify",
	"netlify.com.":              "Netlify",
	"onrender.com.":             "Render",
	"pages.dev.":                "Cloudflare Pages",
	"pantheonsite.io.":          "Pantheon",
	"readthedocs.io.":           "Read the Docs",
	"surge.sh.":                 "Surge",
	"unbouncepages.com.":        "Unbounce",
	"up.railway.app.":           "Railway",
	"vercel.app.":               "Vercel",
	"vercel-dns.com.":           "Vercel",
	"web.app.":                  "Firebase",
	"firebaseapp.com.":          "Firebase",
	"webflow.io.":               "Webflow",
	"proxy.webflow.com.":        "Webflow",
	"wordpress.com.":            "WordPress.com",
	"domains.tumblr.com.":       "Tumblr",
	"zendesk.com.":              "Zendesk",
	"statuspage.io.":            "Statuspage",
	"stspg-customer.com.":       "Statuspage",
	"hosted.helpscoutdocs.com.": "Help Scout",
}

// Claimable returns the service at which a name such as target can be claimed by
// anybody once nobody has it, or "".
func Claimable(target state.Name) string {
	for n := target; n != "." && n != ""; n = n.Parent() {
		if service := claimable[string(n)]; service != "" {
			return service
		}
		// Buckets have a region in the middle: name.s3.eu-west-1.amazonaws.com.
		if l := n.Labels(); len(l) == 4 && l[2] == "amazonaws" && l[3] == "com" && l[0] == "s3" ||
			len(l) == 3 && l[1] == "amazonaws" && l[2] == "com" && strings.HasPrefix(l[0], "s3-website") {
			return "Amazon S3"
		}
	}
	return ""
}
