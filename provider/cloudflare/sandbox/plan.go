package sandbox

// plan is what a zone has been bought for.
type plan struct {
	ID                string  `json:"id"`
	Name              string  `json:"name"`
	Price             float64 `json:"price"`
	Currency          string  `json:"currency"`
	LegacyID          string  `json:"legacy_id"`
	IsSubscribed      bool    `json:"is_subscribed"`
	CanSubscribe      bool    `json:"can_subscribe"`
	LegacyDiscount    bool    `json:"legacy_discount"`
	ExternallyManaged bool    `json:"externally_managed"`

	batch, quota          int
	comment, tags, minTTL int
	pageRules             int
}

var (
	planOrder = []string{"free", "pro", "business", "enterprise"}
	plans     = map[string]*plan{
		"free": {
			ID: "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", Name: "Free Website", Currency: "USD", LegacyID: "free",
			batch: 200, quota: 200, comment: 100, tags: 0, minTTL: 60, pageRules: 3,
		},
		"pro": {
			ID: "1feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", Name: "Pro Website", Price: 25, Currency: "USD", LegacyID: "pro", IsSubscribed: true,
			batch: 3500, quota: 3500, comment: 500, tags: 20, minTTL: 60, pageRules: 20,
		},
		"business": {
			ID: "2feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", Name: "Business Website", Price: 250, Currency: "USD", LegacyID: "business", IsSubscribed: true,
			batch: 3500, quota: 3500, comment: 500, tags: 20, minTTL: 60, pageRules: 50,
		},
		"enterprise": {
			ID: "3feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", Name: "Enterprise Website", Currency: "USD", LegacyID: "enterprise", IsSubscribed: true,
			batch: 3500, quota: 1_000_000, comment: 500, tags: 20, minTTL: 30, pageRules: 125,
		},
	}
)

// planByID finds a plan by its id or its legacy id; nil if there is none.
func planByID(id string) *plan {
	for _, p := range plans {
		if p.ID == id || p.LegacyID == id {
			return p
		}
	}
	return nil
}
